import { MarathonError } from '../errors.js';
import type { Leadership } from '../leadership.js';
import { json, type Reply } from './exchange.js';

/** What Marathon says about itself. Its version is the last one of the line that this server follows. */
export function showInfo(leadership: Leadership): Reply {
  const leader = new URL(leadership.leaderUrl).host;
  return json(200, {
    name: 'marathon',
    version: '1.11.24',
    buildref: 'embedded',
    elected: leadership.leader === 'here',
    leader,
    frameworkId: '96d7da70-b731-4cfb-96a7-0ee877af615d-0000',
    marathon_config: {
      access_control_allow_origin: ['*'],
      checkpoint: true,
      decline_offer_duration: 300000,
      default_network_name: 'dcos',
      executor: '//cmd',
      failover_timeout: 604800,
      features: ['vips', 'task_killing', 'external_volumes', 'secrets', 'gpu_resources'],
      framework_name: 'marathon',
      ha: true,
      hostname: '127.0.0.1',
      launch_token: 100,
      launch_token_refresh_interval: 30000,
      leader_proxy_connection_timeout_ms: 5000,
      leader_proxy_read_timeout_ms: 10000,
      local_port_max: 20000,
      local_port_min: 10000,
      master: 'zk://zk-1.zk:2181/mesos',
      max_instances_per_offer: 100,
      mesos_bridge_name: 'mesos-bridge',
      mesos_heartbeat_failure_threshold: 5,
      mesos_heartbeat_interval: 15000,
      mesos_leader_ui_url: '/mesos',
      mesos_role: 'slave_public',
      mesos_user: 'root',
      min_revive_offers_interval: 5000,
      offer_matching_timeout: 3000,
      on_elected_prepare_timeout: 180000,
      reconciliation_initial_delay: 15000,
      reconciliation_interval: 600000,
      scale_apps_initial_delay: 15000,
      scale_apps_interval: 300000,
      store_cache: true,
      task_launch_confirm_timeout: 300000,
      task_launch_timeout: 86400000,
      task_lost_expunge_initial_delay: 300000,
      task_lost_expunge_interval: 30000,
      task_reservation_timeout: 20000,
    },
    zookeeper_config: {
      zk: 'zk://zk-1.zk:2181/marathon',
      zk_compression: true,
      zk_compression_threshold: 65536,
      zk_connection_timeout: 10000,
      zk_max_node_size: 1024000,
      zk_max_versions: 50,
      zk_session_timeout: 10000,
      zk_timeout: 10000,
    },
    http_config: { http_port: 8080, https_port: 8443 },
  });
}

/** @throws MarathonError 404 when nobody leads */
export function showLeader(leadership: Leadership): Reply {
  if (leadership.leader === 'nobody') throw new MarathonError(404, 'There is no leader');
  return json(200, { leader: new URL(leadership.leaderUrl).host });
}

/** The leader steps down; the next one is found at once. */
export function abdicate(leadership: Leadership): Reply {
  if (leadership.leader === 'nobody') throw new MarathonError(404, 'There is no leader');
  leadership.change(leadership.leader);
  return json(200, { message: 'Leadership abdicated' });
}
