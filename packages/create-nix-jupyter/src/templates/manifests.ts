import type { Source } from './remote/source.js'

/** The manifests of the built-in templates and of the features, each in their order. */
export { features, manifests } from 'built:manifests'

/** A template that was chosen: a built-in one, or a remote one. */
export interface Template extends Manifest {
  readonly source?: Source
}

/** A template's `template.json`. */
export interface Manifest {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly order: number
  readonly python: {
    readonly default: string
    readonly choices: readonly string[]
    /** Those of the choices whose packages nobody has ready-made: they would be compiled on the user's computer. */
    readonly compiled?: readonly string[]
  }
  /** The file in which this template keeps extra Python packages. */
  readonly packages: 'flake.nix' | 'requirements.in' | 'pyproject.toml'
  /** Whether its projects have a shell for an NVIDIA card beside the one for the processor. */
  readonly gpu?: boolean
  /** Directories of templates/parts whose files it has beside its own. */
  readonly parts?: readonly string[]
}

/** What can be added to a project: the part of a feature's `feature.json` that lists and prompts read. */
export interface FeatureManifest {
  readonly id: string
  readonly title: string
  readonly hint: string
  readonly order: number
  /** Whether a project has it where nobody has said otherwise. */
  readonly default?: true
  /** The templates that it fits; left out where it fits all. */
  readonly templates?: readonly string[]
  /** Features that cannot be in the same project. */
  readonly excludes?: readonly string[]
  /** Features without which it does not work. */
  readonly needs?: readonly string[]
}
