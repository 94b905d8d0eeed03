import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { must } from '../../support/run.ts'
import { build, refusal, value } from './nix.ts'

const directory = mkdtempSync(join(tmpdir(), 'stand-in-image-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const image = (more = '') => `pkgs.dockerTools.streamLayeredImage {
  name = "my/Lab";
  contents = [ pkgs.dockerTools.binSh pkgs.dockerTools.usrBinEnv pkgs.dockerTools.caCertificates
    (pkgs.dockerTools.fakeNss.override { extraPasswdLines = [ "jovyan:x:1000:100::/home/jovyan:/bin/sh" ]; }) ];
  config = { Cmd = [ "\${pkgs.jq}/bin/jq" "--version" ]; Env = [ "A=b" ]; User = "1000:100"; };
  extraCommands = "mkdir -m 1777 tmp";
  fakeRootCommands = "mkdir -p ./home/jovyan; chown -R 1000:100 ./home/jovyan";
  ${more}
}`

type Manifest = [{ Config: string; RepoTags: string[]; Layers: string[] }]

/** Unpack a docker-archive and read what it says about itself. */
async function open(script: string, name: string) {
  const target = join(directory, name)
  mkdirSync(target)
  await must('bash', ['-euo', 'pipefail', '-c', `${script} | tar -x -C ${target}`])
  const [manifest] = JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8')) as Manifest
  const config = JSON.parse(readFileSync(join(target, manifest.Config), 'utf8'))
  return { target, manifest, config }
}

test('an image is a script that streams an archive docker can load', async () => {
  const script = await build(image('tag = "v1";'))
  const { target, manifest, config } = await open(script, 'tagged')
  expect(manifest.RepoTags).toEqual(['my/lab:v1'])
  expect(config.config).toMatchObject({ Env: ['A=b'], User: '1000:100' })
  expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', created: '1970-01-01T00:00:01Z' })
  const hashes = manifest.Layers.map(
    (layer) =>
      `sha256:${createHash('sha256')
        .update(readFileSync(join(target, layer)))
        .digest('hex')}`,
  )
  expect(config.rootfs.diff_ids).toEqual(hashes)

  const top = join(target, manifest.Layers.at(-1) ?? '')
  const listing = await must('tar', ['--numeric-owner', '-tvf', top])
  expect(listing).toMatch(/drwxr-xr-x 1000\/100 .* \.\/home\/jovyan\//)
  expect(listing).toMatch(/drwxrwxrwt 0\/0 .* \.\/tmp\//)
  expect(listing).toMatch(/\.\/bin\/sh -> \/nix\/store\//)
  expect(await must('tar', ['-tf', join(target, manifest.Layers[0] ?? '')])).toMatch(/^nix\/store\//m)
})

test('it runs: everything that its programs need is in its layers', async () => {
  const script = await build(image('maxLayers = 5;'))
  const { target, manifest, config } = await open(script, 'small')
  expect(manifest.Layers.length).toBeLessThanOrEqual(5)
  const root = join(directory, 'root')
  mkdirSync(root)
  for (const layer of manifest.Layers) await must('tar', ['-x', '-C', root, '-f', join(target, layer)])
  expect(await must('chroot', [root, ...config.config.Cmd])).toContain('jq-')
  expect(
    await must('chroot', [root, '/bin/sh', '-c', 'while read -r line; do echo "$line"; done < /etc/passwd']),
  ).toContain('jovyan')
})

test('without a tag the tag is a hash, and can be read', async () => {
  const tag = await value(`(${image()}).imageTag`)
  expect(tag).toMatch(/^[0-9a-z]{32}$/)
  const { manifest } = await open(await build(image()), 'hash')
  expect(manifest.RepoTags).toEqual([`my/lab:${tag}`])
})

test('buildLayeredImage is the same, compressed, in a file', async () => {
  const file = await build('pkgs.dockerTools.buildLayeredImage { name = "x"; tag = "y"; contents = pkgs.jq; }')
  const { manifest } = await open(`zcat ${file}`, 'built')
  expect(manifest.RepoTags).toEqual(['x:y'])
})

test('keys of the configuration are the Docker ones', async () => {
  const wrong = '(pkgs.dockerTools.streamLayeredImage { name = "x"; config = { cmd = [ "x" ]; }; }).drvPath'
  expect(await refusal(wrong)).toContain('no image has the config cmd')
})

test('an image has more than one layer', async () => {
  expect(await refusal(`(${image('maxLayers = 1;')}).drvPath`)).toContain('maxLayers argument')
})
