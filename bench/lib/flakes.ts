// The flakes that a tier is compared with, each as small as it can be written.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { system } from '../../tests/support/environment.ts'
import type { Project } from './project.ts'

export type Peers = {
  /** a shell with nothing in it */
  bare: string
  /** a shell with the tier's packages from nixpkgs, and no more */
  smallest: string
  /** the tier as blog posts do it: a virtual environment, and pip at every entry */
  posts: string
  /** a Python with pip */
  installer: string
}

const POSTS_HOOK = `
        shellHook = ''
          if [ ! -d .venv ]; then python -m venv .venv; fi
          source .venv/bin/activate
          pip install -q -r requirements.txt
        '';`

/**
 * Write them beside the project, on the same nixpkgs.
 * @param requirements what the posts' requirements.txt says
 */
export async function writePeers(project: Project, requirements: string): Promise<Peers> {
  const flake = readFileSync(join(project.directory, 'flake.nix'), 'utf8')
  const attr = /python = pkgs\.(\w+);/.exec(flake)?.[1]
  if (!attr) throw new Error('flake.nix does not say `python = pkgs.…;`')
  const usesUv = flake.includes('venv = "uv"')
  const names = words(/pythonPackages =\s*ps: with ps; \[([^\]]*)\]/.exec(flake)?.[1])
  const others = words(/^ *packages = \[([^\]]*)\]/m.exec(flake)?.[1]).map((name) => name.replace('pkgs.', ''))
  // What nix/environment.nix adds: with uv, JupyterLab comes from PyPI.
  const ours = usesUv ? ['psutil'] : ['psutil', 'ipykernel', 'jupyterlab', 'pip']

  const shell = (list: string[]) => `packages = [
          (pkgs.${attr}.withPackages (ps: with ps; [ ${list.join(' ')} ]))
          ${others.map((name) => `pkgs.${name}`).join(' ')}
        ];`
  const posts = usesUv ? ['pip'] : [...ours, ...names]
  return {
    bare: await write(project, 'bare', ''),
    smallest: await write(project, 'smallest', shell([...ours, ...names])),
    posts: await write(project, 'posts', shell(posts) + POSTS_HOOK, requirements),
    installer: await write(project, 'installer', shell(['pip'])),
  }
}

function words(text: string | undefined = '') {
  return text.split(/\s+/).filter(Boolean)
}

/** @param contents of mkShellNoCC */
async function write(project: Project, name: string, contents: string, requirements?: string) {
  const directory = join(project.world.directory, `${project.name}-${name}`)
  mkdirSync(directory)
  writeFileSync(
    join(directory, 'flake.nix'),
    `{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      devShells.${system}.default = pkgs.mkShellNoCC {
        ${contents}
      };
    };
}
`,
  )
  cpSync(join(project.directory, 'flake.lock'), join(directory, 'flake.lock'))
  writeFileSync(join(directory, '.gitignore'), '.venv/\n')
  if (requirements !== undefined) writeFileSync(join(directory, 'requirements.txt'), requirements)
  await project.world.must('git', ['init', '--quiet'], directory)
  await project.world.must('git', ['add', '.'], directory)
  await project.world.must('git', ['commit', '--quiet', '--message', 'A peer'], directory)
  return directory
}
