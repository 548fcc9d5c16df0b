/** The columns of HAProxy 2.6's statistics, as far as the built-in router has something to tell in them. */
const columns =
  'pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo'.split(
    ',',
  );

/** One row: what it does not have stays empty. */
export type StatisticsRow = Readonly<Record<string, string | number>>;

/** Writes rows as HAProxy does: a header that begins with `# `, a comma at the end of each line, 2.6's column `-`. */
export function statisticsCsv(rows: readonly StatisticsRow[]): string {
  const lines = rows.map(row => `${columns.map(column => quoted(row[column] ?? '')).join(',')},-,`);
  return `# ${columns.join(',')},-,\n${lines.join('\n')}\n\n`;
}

function quoted(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
