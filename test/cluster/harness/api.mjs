import { readFileSync } from 'node:fs';
import https from 'node:https';

/** As much of a Kubernetes client as starting a cluster takes. Its kubeconfig is JSON (which is YAML too). */
export class Api {
  constructor({ server, ca, token }) {
    this.server = server;
    this.ca = ca;
    this.token = token;
  }

  static from(kubeconfig) {
    const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
    return new Api({ server, ca: Buffer.from(ca, 'base64'), token: users[0].user.token });
  }

  /** Returns the parsed answer; any status but 2xx is an error. */
  get(path, signal) {
    return this.request('GET', path, undefined, {}, signal);
  }

  /** Sends a body, which is YAML, and returns the parsed answer. */
  post(path, yaml, signal) {
    return this.request('POST', path, yaml, { 'content-type': 'application/yaml' }, signal);
  }

  request(method, path, body, headers, signal) {
    const options = { method, ca: this.ca, signal, headers: { ...headers, authorization: `Bearer ${this.token}` } };
    return new Promise((resolve, reject) => {
      const request = https.request(this.server + path, options, async response => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        if (response.statusCode < 300) resolve(text.startsWith('{') ? JSON.parse(text) : text);
        else reject(new Error(`${method} ${path} was answered with ${response.statusCode}: ${text}`));
      });
      request.on('error', reject).end(body);
    });
  }
}
