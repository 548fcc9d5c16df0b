import { get } from 'node:http';
import { createConnection } from 'node:net';
import { probeHeader } from '../dataplane/index.js';

/** Asks a loopback port for a path. @returns the status, the type and the text of the answer @throws Error without an answer */
export function probeHttp(
  port: number,
  path: string,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly contentType: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { [probeHeader]: 'yes' };
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: timeoutMs, headers }, response => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('error', reject);
      const contentType = response.headers['content-type'] ?? 'text/plain';
      response.on('end', () => resolve({ status: response.statusCode ?? 0, contentType, body }));
    });
    request.on('timeout', () => request.destroy(new Error('Timeout')));
    request.on('error', reject);
  });
}

/** Whether a loopback port accepts a connection. */
export function probeTcp(port: number, timeoutMs: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ host, port, timeout: timeoutMs });
    const end = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
