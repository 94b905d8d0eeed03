/** A Python package that somebody asks for, as PEP 508 describes it, and where it was written. */
export interface Requirement {
  /** As it was written; names are compared by `keyOf`. */
  readonly name: string
  readonly extras: readonly string[]
  /** Conditions on the version, such as `>=1,<2`; empty for any. */
  readonly specifier: string
  /** When it counts, such as `sys_platform == "linux"`; empty for always. */
  readonly marker: string
}

/** Something that was found and is not brought, and why. */
export interface Left {
  /** The name, or the line as it stands. */
  readonly what: string
  /** The file, and the line where that helps to find it. */
  readonly where: string
  readonly why: string
}

/** What one file asks for. */
export interface Listed {
  readonly requirements: readonly Requirement[]
  readonly left: readonly Left[]
  /** A condition on Python's version, such as `>=3.10`. */
  readonly python?: string
}

/** A notebook, and where in the project it goes. */
export interface BroughtNotebook {
  /** Relative to the project, with slashes. */
  readonly path: string
  readonly content: Buffer
  /** Without what running it has left; absent where it is so already. */
  readonly withoutOutputs?: Buffer
}

/** All that was found at a path. */
export interface Brought {
  /** The files that were read for packages, absolute. */
  readonly files: readonly string[]
  /** The packages, as requirements are written, sorted by name. */
  readonly packages: readonly string[]
  readonly notebooks: readonly BroughtNotebook[]
  /** The modules that notebooks import and that are neither Python's nor lie beside them. */
  readonly imports: readonly string[]
  /** The modules that lie beside them, as paths with slashes, relative to where the notebooks were found. */
  readonly modules: readonly string[]
  /** Those of the packages that cells of the notebooks install themselves, by their names. */
  readonly installed: readonly string[]
  readonly left: readonly Left[]
  /** What is asked of Python's version, and which of the offered versions meet it. */
  readonly python?: { readonly wanted: string; readonly fitting: readonly string[] }
}

/** What was found cannot be read at all. */
export interface Unreadable {
  readonly problem: string
  readonly next: string
}
