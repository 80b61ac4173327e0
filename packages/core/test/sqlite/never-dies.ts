// node never-dies.ts <folder>
// Says to a sweep that it wrote, and uses no database that could end it.
import { writeFileSync } from 'node:fs';

const file = process.env['TUTTI_CRASH_WRITES'];
if (file) writeFileSync(file, '["alone"]');
