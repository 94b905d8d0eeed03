// npm run bench, bench:failures, bench:features and bench:tiers. Node 20 reads no TypeScript; vite does, which vitest brings along.
import { join } from 'node:path'
import { runnerImport } from 'vite'

const [, , name = '', ...words] = process.argv
process.argv = [process.argv[0] ?? '', name, ...words]
await runnerImport(join(import.meta.dirname, `${name}.ts`), { configFile: false, logLevel: 'error' })
