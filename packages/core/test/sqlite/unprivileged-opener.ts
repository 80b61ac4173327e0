// node unprivileged-opener.ts <file>
// Opens a file for writing as a user who owns nothing, and says how that went.
import { Connection } from '../../src/sqlite/connection.ts';
import { openWriter } from '../../src/sqlite/open-writer.ts';

const [path = ''] = process.argv.slice(2);
const nobody = 65534;
if (process.getuid?.() === 0) {
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}
const opened = await openWriter({ path, busyTimeoutMs: 100 });
console.log(opened instanceof Connection ? 'opened' : `${opened.refused}: ${opened.problem}`);
