import { parseArgs } from 'node:util';

export const usage = `
  node test/cluster/run.mjs [options] [-- command ...]

  Without a command it runs the tests in test/cluster.

  --keep               no command: keep the cluster until Ctrl-C, and say how to enter it
  --proxy <mode>       how kube-proxy moves traffic: iptables (default) or nftables
  --gateway-api        install the Gateway API's definitions (HTTPRoute and others)
  --required           fail instead of skipping when something is missing`;

/**
 * Reads the command line: `{ keep, proxy, gatewayApi, required, command }`, or `{ mistake }` with a sentence.
 * Everything after `--` is the command.
 */
export function optionsFrom(words) {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const command = end === -1 ? [] : words.slice(end + 1);
  try {
    const { values } = parseArgs({
      args: own,
      options: {
        keep: { type: 'boolean', default: false },
        proxy: { type: 'string', default: 'iptables' },
        'gateway-api': { type: 'boolean', default: false },
        required: { type: 'boolean', default: false },
      },
    });
    if (!['iptables', 'nftables'].includes(values.proxy)) {
      return { mistake: `--proxy is iptables or nftables, not ${values.proxy}.` };
    }
    const { keep, proxy, required } = values;
    return { keep, proxy, gatewayApi: values['gateway-api'], required, command };
  } catch (error) {
    return { mistake: error.message };
  }
}
