import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'
import { must, until } from '../../support/run.ts'
import { filesInStoreWith } from '../../support/store.ts'

const SERVER = `import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open_page = self.path == '/healthz' or self.headers.get('Authorization')
        self.send_response(200 if open_page else 401)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode() if self.headers.get('Authorization') else b'ok')
http.server.HTTPServer((os.environ['HOST'], int(os.environ['PORT'])), Handler).serve_forever()
`

const SECRET = `the secret of B16, ${randomUUID()}`

const FILE = `API_KEY="${SECRET}"\nPORT=5\nJUPYTER_TOKEN=\nRUN=$(touch ran)\n`

describe('minimal: .env (B16)', () => {
  let project: Project
  const file = () => join(project.directory, '.env')
  beforeAll(async () => {
    project = await Project.shared()
    writeFileSync(join(project.directory, 'server.py'), SERVER)
    writeFileSync(file(), FILE, { mode: 0o600 })
  })
  afterAll(() => project?.remove())

  /** What a running service has in its environment. */
  const environmentOf = async (name: string) => {
    const { pid } = (await project.status()).services.find((service) => service.name === name) ?? {}
    const lines = execFileSync('ps', ['eww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return lines
  }

  test('the shell has it, as data, and nothing of it is printed', async () => {
    const result = await project.develop(['sh', '-c', 'test "$API_KEY" = "$0" && echo "$RUN" && test ! -e ran', SECRET])
    expect([result.code, result.stdout], result.stderr).toEqual([0, '$(touch ran)\n'])
    expect(result.stderr).toContain('.env: JUPYTER_TOKEN is skipped')
    expect(result.stderr).not.toContain(SECRET)
  })

  test('one line with a mistake costs no other line, and is named by its number', async () => {
    const lines = ['FIRST="not closed', 'SECOND=2', 'THIRD="a', 'b" # c', 'SECOND=3', "FOURTH='a' b", 'FIFTH=\xfc', '']
    writeFileSync(file(), lines.join('\r\n'), { mode: 0o600, encoding: 'latin1' })
    const print =
      'import os; print([os.environb.get(name) for name in (b"FIRST", b"SECOND", b"THIRD", b"FOURTH", b"FIFTH")])'
    const ran = await project.develop(['python', '-c', print])
    expect([ran.code, ran.stdout], ran.stderr).toEqual([0, "[None, b'3', b'a\\nb', None, b'\\xfc']\n"])
    const said = ran.stderr.split('\n').filter((line) => line.startsWith('.env: '))
    const why = 'is skipped, because it is not NAME=VALUE: the quote is not closed, or text follows it.'
    expect(said).toEqual([`.env: line 1 ${why}`, `.env: line 6 ${why}`])
  })

  test('what PowerShell writes is named, with the command that makes text of it', async () => {
    writeFileSync(file(), '\ufeffWORD="Zoë"\r\n', { mode: 0o600, encoding: 'utf16le' })
    const first = await project.develop(['true'])
    expect(first.stderr).toContain('.env is not loaded: it is not UTF-8 but UTF-16')
    await must('sh', ['-c', / {2}Next: (.*)/.exec(first.stderr)?.[1] ?? 'exit 1'], project.here())
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect((await project.develop(['sh', '-c', 'echo "$WORD"'])).stdout).toBe('Zoë\n')
    writeFileSync(file(), FILE, { mode: 0o600 })
  })

  test('services and JupyterLab have it, ports stay ours, and a restart picks up a change', async () => {
    const started = await project.start()
    expect(started.code, started.stderr).toBe(0)
    for (const name of ['server', 'jupyter']) expect(await environmentOf(name)).toContain(`API_KEY=${SECRET}`)
    expect(await environmentOf('server')).not.toMatch(/\bPORT=5\b/)
    writeFileSync(file(), 'OTHER=changed since\n')
    const restarted = await project.lab('restart')
    expect(restarted.code, restarted.stderr).toBe(0)
    for (const name of ['server', 'jupyter']) {
      const environment = await until('the new environment', () => environmentOf(name))
      expect(environment).toContain('OTHER=changed since')
      expect(environment).not.toContain(SECRET)
    }
  })

  test('start and doctor say when other users can read it', async () => {
    chmodSync(file(), 0o644)
    const warning = `Other users can read ${file()}`
    expect((await project.start()).stderr).toContain(warning)
    expect((await project.lab('doctor')).stdout).toContain(warning)
    chmodSync(file(), 0o600)
    expect((await project.start()).stderr).not.toContain(warning)
  })

  test('no value of it is in the store, where one that was put there is found', async () => {
    expect(await filesInStoreWith(SECRET)).toBe('')
    const leak = join(project.directory, '..', 'leak-source')
    writeFileSync(leak, SECRET)
    const added = (await must('nix-store', ['--add', leak], project.here())).trim()
    expect(await filesInStoreWith(SECRET)).toBe(`${added}\n`)
  })
})
