/** Preloaded into a run by NODE_OPTIONS: writes a line into the file of PROCESS_LOG for each process that it starts. */
const childProcess = require('node:child_process');
const { appendFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const log = process.env.PROCESS_LOG;
delete process.env.NODE_OPTIONS;

function tell(words) {
  appendFileSync(log, `${words.join(' ')}\n`);
}

// What starts a process and goes on ends up here, whichever function was called.
const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function (options) {
  tell(options.args ?? [options.file]);
  return spawn.call(this, options);
};
for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
  const original = childProcess[name];
  childProcess[name] = (...words) => {
    tell([name, String(words[0])]);
    return original(...words);
  };
}
syncBuiltinESMExports();
