import { Failure } from '../base/errors.js'
import { parsePackages } from '../questions/packages.js'
import type { ChangeCommand } from './change-command.js'

/** The same project with another Python, or other extra packages. */
export const set: ChangeCommand = {
  name: 'set',
  words: 'directory',
  wanted: (before, { typed: { python, packages } }) => {
    if (python === undefined && packages === undefined) {
      throw new Failure('usage', 'set needs --python or --packages.', {
        next: ['Next: npx create-nix-jupyter set --python 3.13'],
      })
    }
    return {
      ...before,
      ...(python !== undefined && { python }),
      ...(packages && { packages: parsePackages(packages) }),
    }
  },
}
