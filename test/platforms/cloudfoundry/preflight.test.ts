import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { codesOf, expectResult, HOST, PLACE, type Settings, startHouse } from './house.js';

const MYAPP = { name: 'myapp', image: 'registry.test/myapp:1' };
const OTHER = { name: 'other', image: 'registry.test/other:1' };

const TCP = { target: { routes: [`route/${PLACE.domain}`] } };

async function refusedFor(
  code: string,
  seed: object,
  settings: Settings = {},
  prepare = (_: Awaited<ReturnType<typeof startHouse>>): void => undefined,
) {
  await using house = await startHouse({ seed });
  prepare(house);
  const run = await house.run(settings);
  expectResult(run, 'refused');
  expect(codesOf(run)).toContain(`error ${code}`);
  expect(house.writes()).toEqual([]);
}

test('an app that another route leads to is not released: it could never be stopped', async () => {
  await refusedFor('UNNAMED_ROUTE', { routes: { [HOST]: ['myapp'], 'old.example.test': ['myapp'] } });
});

test('a route that leads to an app of nobody is not taken over', async () => {
  await refusedFor('STRANGE_ROUTE', { apps: [MYAPP, OTHER], routes: { [HOST]: ['other'] } });
});

test('routes that lead to different slots, or some of them nowhere, are not guessed about', async () => {
  const target = { routes: [`route/${HOST}`, 'route/www.example.test'] };
  await refusedFor('MIXED_ROUTES', { routes: { [HOST]: ['myapp'], 'www.example.test': [] } }, { target });
});

test('a name that the release would give is not taken from a stranger', async () => {
  await refusedFor('NAME_TAKEN', { apps: [MYAPP, { ...OTHER, name: 'myapp-old' }], routes: { [HOST]: ['myapp'] } });
});

test('an internal route is refused, for nobody sees when its users follow', async () => {
  await refusedFor('ROUTE_NOT_PROVABLE', {}, {}, ({ cf }) => {
    Object.assign(cf.domain(PLACE.domain) ?? {}, { internal: true });
  });
});

test('a TCP route is refused, for no instance can be asked for in it', async () => {
  await refusedFor('ROUTE_NOT_PROVABLE', { routes: { [PLACE.domain]: ['myapp'] } }, TCP, ({ cf }) => {
    Object.assign(cf.domain(PLACE.domain) ?? {}, { routerGroup: 'default-tcp' });
    for (const route of cf.database.routes.values()) Object.assign(route, { port: 1024, protocol: 'tcp' });
  });
});

test('a proxy that drops the header is found before anything is written', async () => {
  await using house = await startHouse();
  await using proxy = await droppingHeaders(house.url);
  const run = await house.run({ 'cloud-foundry': { routers: [proxy.url] } });
  expectResult(run, 'refused');
  expect(codesOf(run)).toContain('error ROUTERS_OUT_OF_REACH');
  expect(house.writes()).toEqual([]);
});

test('a space that is not there, or may not be seen, is said to be either', async () => {
  await using house = await startHouse();
  const run = await house.run({ 'cloud-foundry': { space: 'nowhere' } });
  expectResult(run, 'refused');
  expect(run.outcome.failures[0]).toMatchObject({
    code: 'NO_SUCH_PLACE',
    message: expect.stringContaining('may not see it'),
  });
});

test('a search that fails is never taken for a first release', async () => {
  await using house = await startHouse();
  house.cf.interception.onRequest = ({ path }) =>
    path.includes('names=myapp-blue')
      ? { status: 403, body: { errors: [{ code: 10003, title: 'CF-NotAuthorized', detail: 'no' }] } }
      : undefined;
  const run = await house.run();
  expect(run.outcome.failures[0]).toMatchObject({ code: 'FORBIDDEN' });
  expect(house.writes()).toEqual([]);
  expect(house.destinations()).toEqual(['myapp']);
});

/** As a CDN in front of the routers: what it does not know does not pass. */
async function droppingHeaders(url: string) {
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(request.url ?? '/', url));
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(await answer.text());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => void server.close(() => resolve())),
  };
}
