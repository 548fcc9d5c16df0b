import { expect, test } from '@jest/globals';
import { startRelay } from '../../src/lib/relay.js';
import { serve } from './serve.js';

async function bodyOf(url: string): Promise<string> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  return await answer.text();
}

test('a relay passes each connection on to the next address, in turn', async () => {
  await using one = await serve((_, outgoing) => void outgoing.end('one'));
  await using other = await serve((_, outgoing) => void outgoing.end('other'));
  await using relay = await startRelay([new URL(one.url), new URL(other.url)], 'two servers');
  expect(relay.description).toBe('two servers');
  const said = [await bodyOf(relay.url), await bodyOf(relay.url), await bodyOf(relay.url)];
  expect(said).toEqual(['one', 'other', 'one']);
});

test('where nobody listens the connection breaks, and the relay goes on with the next one', async () => {
  await using up = await serve((_, outgoing) => void outgoing.end('up'));
  const gone = await serve((_, outgoing) => void outgoing.end());
  await gone[Symbol.asyncDispose]();
  await using relay = await startRelay([new URL(gone.url), new URL(up.url)], 'one of them is gone');
  await expect(bodyOf(relay.url)).rejects.toThrow();
  expect(await bodyOf(relay.url)).toBe('up');
});

test('connections that are open end with the relay', async () => {
  await using silent = await serve(() => undefined);
  const relay = await startRelay([new URL(silent.url)], 'a server that says nothing');
  const asked = bodyOf(relay.url).then(
    () => 'answered',
    () => 'ended',
  );
  await new Promise(resolve => setTimeout(resolve, 50));
  await relay[Symbol.asyncDispose]();
  expect(await asked).toBe('ended');
});
