import { describe, expect, test } from '@jest/globals';
import { differenceOf, type Expected, rowsProblem } from '../../../src/platforms/marathon/confirmation.js';
import { isUp, readStatistics, serversIn } from '../../../src/platforms/marathon/load-balancers.js';

const CONFIGURATION = `global
  daemon
frontend frontend_0.0.0.0_80
  default_backend svc
backend svc
  balance roundrobin
  # server old 10.9.9.9:1 check
  server agentip_10.0.0.4_31002 10.0.0.4:31002 check weight 20
  server agentip_10.0.0.5_31003 10.0.0.5:31003 check
backend svc-admin
  server agentip_10.0.0.6_31004 10.0.0.6:31004 check
listen stats
  bind :9090
`;

describe('the rendered configuration', () => {
  test('tells the servers of exactly one backend', () => {
    expect(serversIn(CONFIGURATION, 'svc')).toEqual([
      { name: 'agentip_10.0.0.4_31002', address: '10.0.0.4:31002', weight: 20 },
      { name: 'agentip_10.0.0.5_31003', address: '10.0.0.5:31003', weight: undefined },
    ]);
    expect(serversIn(CONFIGURATION, 'svc-admin')).toHaveLength(1);
    expect(serversIn(CONFIGURATION, 'other')).toBeUndefined();
  });

  const EXPECTED: Expected = {
    present: [
      { addresses: ['10.0.0.4:31002', '9.0.0.1:80'], weight: 20 },
      { addresses: ['10.0.0.5:31003'], weight: 1 },
    ],
    tolerated: new Set(['10.0.0.4:31002', '10.0.0.5:31003']),
    shared: false,
  };
  const servers = serversIn(CONFIGURATION, 'svc') ?? [];

  test('is what it has to be, or says what differs', () => {
    expect(differenceOf(EXPECTED, servers)).toBeUndefined();
    expect(differenceOf(EXPECTED, servers.slice(1))).toBe('lacks 10.0.0.4:31002');
    const blue = { name: 'agentip_10.0.0.9_1', address: '10.0.0.9:1', weight: undefined };
    expect(differenceOf(EXPECTED, [...servers, blue])).toBe('still has 10.0.0.9:1');
    expect(differenceOf({ ...EXPECTED, shared: true }, [...servers, blue])).toBeUndefined();
    expect(
      differenceOf(
        EXPECTED,
        servers.map(server => ({ ...server, weight: 1 })),
      ),
    ).toBe('gives 10.0.0.4:31002 the weight 1');
  });

  test('is followed by a load balancer only when that one has these servers, up, and no other', () => {
    const row = (server: string, status = 'UP') => ({
      proxy: 'svc',
      server,
      status,
      sessions: 0,
      queued: 0,
      weight: 1,
    });
    const rows = servers.map(({ name }) => row(name));
    expect(rowsProblem(rows, 'svc', servers, EXPECTED)).toBeUndefined();
    expect(rowsProblem([...rows, row('blue')], 'svc', servers, EXPECTED)).toBe('still has the server blue');
    expect(rowsProblem(rows.slice(1), 'svc', servers, EXPECTED)).toBe(
      'does not have the server agentip_10.0.0.4_31002 yet',
    );
    expect(rowsProblem([row(servers[0]?.name ?? '', 'DOWN'), rows[1] ?? row('')], 'svc', servers, EXPECTED)).toBe(
      'says that agentip_10.0.0.4_31002 is DOWN',
    );
  });
});

describe("HAProxy's statistics", () => {
  test('are read by the names of the columns: one is called `-`, and versions move them', () => {
    const old =
      '# pxname,svname,qcur,qmax,scur,status,weight,\nsvc,FRONTEND,,,4,OPEN,,\nsvc,a,1,1,2,UP,7,\nsvc,BACKEND,0,0,2,UP,1,\n';
    const moved = '# status,-,pxname,last_chk,svname,weight,scur,qcur\r\nUP,,svc,"L4OK, ""fast""",a,7,2,1\r\n';
    const row = { proxy: 'svc', server: 'a', status: 'UP', sessions: 2, queued: 1, weight: 7 };
    expect(readStatistics(old)).toEqual([row]);
    expect(readStatistics(moved)).toEqual([row]);
  });

  test('that are none are no statistics', () => {
    expect(() => readStatistics('<html>401</html>')).toThrow(/no columns/);
  });

  test.each([
    ['UP', true],
    ['UP 1/3', true],
    ['no check', true],
    ['DOWN', false],
    ['DOWN 1/2', false],
    ['MAINT', false],
    ['MAINT (via svc/a)', false],
    ['DRAIN', false],
    ['NOLB', false],
    ['', false],
  ])('of a server that is "%s": it gets traffic: %s', (status, expected) => {
    expect(isUp(status)).toBe(expected);
  });
});
