import { plain } from '../../tests/support/plain.ts'
import { openTerminal } from '../../tests/support/terminal.ts'

const WAIT_MS = 15_000

type Options = { cwd: string; env: NodeJS.ProcessEnv }

/** Milliseconds until a program, which Node runs, shows a text in a real terminal. The program is ended then. */
export async function timeToText(args: string[], text: string, options: Options): Promise<number> {
  const started = performance.now()
  const session = openTerminal([process.execPath, ...args], options)
  const seen = new Promise<number>((resolve) => {
    session.onText(() => {
      if (plain(session.raw()).includes(text)) resolve(performance.now() - started)
    })
  })
  const late = AbortSignal.timeout(WAIT_MS)
  const ended = new Promise<undefined>((resolve) => {
    session.ended.then(() => resolve(undefined))
    late.onabort = () => resolve(undefined)
  })
  const milliseconds = await Promise.race([seen, ended])
  session.kill()
  await session.ended
  if (milliseconds !== undefined) return milliseconds
  const shown = plain(session.raw()).trim().slice(0, 200)
  throw new Error(`never showed “${text}” in a terminal, but: ${shown}`)
}
