import net from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Exec, KubeConfig, PortForward } from '@kubernetes/client-node';
import { Cluster } from './support/cluster.js';
import { Playground } from './support/playground.js';

describe('streams into a pod go through the API server and the kubelet', () => {
  const config = new KubeConfig();
  let playground: Playground;
  let pod: string;

  beforeAll(async () => {
    playground = await Playground.create(Cluster.connect());
    config.loadFromDefault();
    await playground.deploy('blue', 'v1', 1);
    await playground.ready('blue');
    pod = await playground.firstPodName('blue');
  });
  afterAll(() => playground.remove());

  test('a command runs with the environment of the container, and its exit code comes back', async () => {
    const output = new PassThrough();
    const status = await new Promise(resolve => {
      const command = ['sh', '-c', 'echo $HOSTNAME; exit 3'];
      void new Exec(config).exec(playground.namespace, pod, 'server', command, output, null, null, false, resolve);
    });
    expect(await text(output.end())).toBe(`${pod}\n`);
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
  });

  test('a forwarded port reaches the server in the pod', async () => {
    const forward = new PortForward(config);
    const server = net.createServer(socket => {
      void forward.portForward(playground.namespace, pod, [8080], socket, null, socket);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
    expect(await answer.json()).toMatchObject({ instance: pod, slot: 'blue' });
    await new Promise(resolve => server.close(resolve));
  });
});
