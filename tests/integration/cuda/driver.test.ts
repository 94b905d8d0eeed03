import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Project } from '../../support/project.ts'
import { run } from '../../support/run.ts'

const LDCONFIG = `#!/bin/sh
cat <<'LIST'
	libnvrtc.so.13 (libc6,x86-64) => /usr/local/cuda/targets/x86_64-linux/lib/libnvrtc.so.13
	libnvJitLink.so.13 (libc6,x86-64) => /usr/local/cuda/targets/x86_64-linux/lib/libnvJitLink.so.13
	libnvidia-ml.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1
	libnvidia-ml.so.1 (libc6,x86-64) => /lib/libnvidia-ml.so.1
	libcudart.so.13 (libc6,x86-64) => /usr/local/cuda/targets/x86_64-linux/lib/libcudart.so.13
	libcuda.so.1 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcuda.so.1
	libcuda.so.1 (libc6,x86-64) => /lib/libcuda.so.1
	libcuda.so.1 (libc6) => /usr/lib/i386-linux-gnu/libcuda.so.1
	libc.so.6 (libc6,x86-64, OS ABI: Linux 3.2.0) => /lib/x86_64-linux-gnu/libc.so.6
	libstdc++.so.6 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libstdc++.so.6
LIST
`

describe('cuda: the driver of this computer', () => {
  let project: Project
  let root: string
  beforeAll(async () => {
    project = await Project.shared()
  })
  afterAll(() => project?.remove())
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'root-'))
  })

  const put = (path: string, text = '') => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const find = async (env: NodeJS.ProcessEnv = {}) => {
    const script = '. nix/enter.sh; nix_jupyter_driver_files "$0"'
    const result = await run('sh', ['-c', script, root], project.here({ env }))
    return { code: result.code, files: result.stdout.replaceAll(root, '').split('\n').filter(Boolean).sort() }
  }

  test('NixOS: of a directory that also carries a C library, the driver alone', async () => {
    for (const name of ['libcuda.so.1', 'libnvidia-ml.so.1', 'libc.so.6', 'libstdc++.so.6', 'libGL.so.1']) {
      put(`run/opengl-driver/lib/${name}`)
    }
    const files = ['/run/opengl-driver/lib/libcuda.so.1', '/run/opengl-driver/lib/libnvidia-ml.so.1']
    expect(await find()).toEqual({ code: 0, files })
  })

  test('WSL2: only where there is a graphics device', async () => {
    for (const name of ['libcuda.so.1', 'libdxcore.so', 'libc.so.6']) put(`usr/lib/wsl/lib/${name}`)
    expect(await find()).toEqual({ code: 1, files: [] })
    put('dev/dxg')
    expect(await find()).toEqual({ code: 0, files: ['/usr/lib/wsl/lib/libcuda.so.1', '/usr/lib/wsl/lib/libdxcore.so'] })
  })

  // As on a computer with an H200, whose loader knows two directories of the driver and a CUDA toolkit.
  test('other Linux: what the loader finds first, for this processor, and nothing of the system or of a CUDA toolkit', async () => {
    put('sbin/ldconfig', LDCONFIG)
    chmodSync(join(root, 'sbin/ldconfig'), 0o755)
    const files = ['/usr/lib/x86_64-linux-gnu/libcuda.so.1', '/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1']
    expect(await find()).toEqual({ code: 0, files })
  })

  test('in a container of Kubernetes: the directory mounted there, which the loader need not know', async () => {
    put('sbin/ldconfig', '#!/bin/sh\n')
    chmodSync(join(root, 'sbin/ldconfig'), 0o755)
    put('usr/local/nvidia/lib64/libcuda.so.1')
    expect(await find()).toEqual({ code: 0, files: ['/usr/local/nvidia/lib64/libcuda.so.1'] })
  })

  test("the user's own word comes first", async () => {
    put('run/opengl-driver/lib/libcuda.so.1')
    put('opt/driver/libcuda.so.1')
    const found = await find({ NIX_JUPYTER_DRIVER: join(root, 'opt/driver') })
    expect(found).toEqual({ code: 0, files: ['/opt/driver/libcuda.so.1'] })
  })

  test('nothing there: no driver', async () => {
    expect(await find()).toEqual({ code: 1, files: [] })
  })
})
