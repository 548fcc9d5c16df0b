/** The shell of the component's jobs. It needs a POSIX shell, Node, and tar where the program is an archive. */

/** Leaves the program's folder in the file .cutover-program, which later parts of the job read. */
export const fetchProgram = `set -eu
if [ -z "$PROGRAM" ]; then
  PROGRAM="$CI_API_V4_URL/projects/$PROGRAM_PROJECT/packages/generic/cutover/$PROGRAM_SHA/cutover.tar.gz"
fi
case "$PROGRAM" in
  http://* | https://*)
    mkdir -p .cutover-program.d
    FROM="$PROGRAM" node --input-type=module - <<'END'
    import { writeFile } from 'node:fs/promises';
    const { FROM, CI_API_V4_URL, CI_JOB_TOKEN } = process.env;
    const isOurs = CI_API_V4_URL && CI_JOB_TOKEN && FROM.startsWith(CI_API_V4_URL + '/');
    const answer = await fetch(FROM, { headers: isOurs ? { 'JOB-TOKEN': CI_JOB_TOKEN } : {}, signal: AbortSignal.timeout(60_000) });
    if (!answer.ok) {
      console.error('Cutover itself could not be fetched: ' + FROM + ' answered ' + answer.status + '. Check the inputs program and program-project.');
      process.exit(1);
    }
    await writeFile('.cutover-program.d/program.tar.gz', Buffer.from(await answer.arrayBuffer()));
END
    tar -xzf .cutover-program.d/program.tar.gz -C .cutover-program.d
    PROGRAM=.cutover-program.d
    ;;
esac
if [ ! -f "$PROGRAM/index.js" ]; then
  echo "There is no index.js in $PROGRAM, so there is no program to run. Check the input program." >&2
  exit 1
fi
echo "$PROGRAM" > .cutover-program
`;

/** Walks one verb of the story. */
export function walk(verb) {
  return [`node "$(cat .cutover-program)/index.js" ${verb}`];
}

/** For a job that was cancelled or lost its runner's patience; of one whose program came to its end it changes nothing. */
export const abort = `if [ "$CI_JOB_STATUS" != success ] && [ -f .cutover-program ]; then
  node "$(cat .cutover-program)/index.js" abort-if-unfinished
fi
`;
