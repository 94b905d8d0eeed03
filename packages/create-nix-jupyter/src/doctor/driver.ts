import type { Finding } from './finding.js'
import { isThere, readIfThere } from './machine.js'
import type { Examined } from './run.js'

/** For CUDA 13, for which PyTorch in the tier cuda is made. */
const NEEDED = 580

/** An NVIDIA card and its driver, by what the kernel says; nothing where there is none. */
export function examineDriver({ platform, line }: Examined): Finding[] {
  if (platform !== 'linux') return []
  const [, version, major] =
    /NVRM version: .*?\b((\d{3,})\.[\d.]+)/.exec(readIfThere('/proc/driver/nvidia/version')) ?? []
  if (!version) return isThere('/proc/driver/nvidia') ? [line('driver-broken')] : []
  if (Number(major) < NEEDED) return [line('driver-old', { version, needed: String(NEEDED) })]
  return [line('driver', { version })]
}
