/**
 * The lists of packages that a directory may have, the first one before all others: what is made from another comes after
 * it. In a file of its own, because it is asked about before anything is read.
 */
export const LIST_NAMES = [
  'pyproject.toml',
  'pixi.toml',
  'Pipfile',
  'requirements.in',
  'requirements.txt',
  'environment.yml',
  'environment.yaml',
]
