// Serves the plane until interrupted, to try clients by hand: prints the tracking URI; the token is `owner`.

import { startMlflowServer } from './mlflow-server.ts';

const server = await startMlflowServer();
process.stdout.write(`${server.trackingUri}\n`);
const report = setInterval(() => {
  for (const line of server.errors.splice(0)) process.stderr.write(line);
}, 200);
process.once('SIGTERM', () => {
  clearInterval(report);
  void server.close().then(() => process.exit(0));
});
