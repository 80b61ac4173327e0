// Carries on whatever it finds in the file.
import { worker } from './read.ts';

const sagas = worker(process.argv[2] ?? '', 4);
await sagas.start();
process.send?.('ready');
process.once('SIGTERM', () => void sagas.stop().then(() => process.exit(0)));
process.once('disconnect', () => process.exit(0));
