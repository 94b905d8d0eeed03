import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Builds the program quietly. Where that fails, its output is shown, and this process ends with it. */
export function buildProgram(repository) {
  const turbo = path.join(repository, 'node_modules/turbo/bin/turbo')
  const args = [turbo, 'run', 'build', '--filter=create-nix-jupyter', '--output-logs=errors-only']
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' }
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd: repository,
    env,
    encoding: 'utf8',
  })
  if (status === 0) return
  console.error([stdout, stderr, error?.message, 'The build failed.'].filter(Boolean).join('\n'))
  process.exit(1)
}
