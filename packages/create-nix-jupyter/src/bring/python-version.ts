const CLAUSE = /^(===|==|~=|!=|<=|>=|<|>)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+|\*))?(?:\.\*)?$/

/**
 * Whether a version such as `3.13` meets a condition such as `>=3.10,<4`. Of a version with three numbers the last does not
 * count: which one a project has is the lock's business.
 */
export function meets(version: string, condition: string): boolean {
  return condition
    .split(',')
    .map((clause) => clause.trim())
    .filter(Boolean)
    .every((clause) => meetsOne(version, clause))
}

function meetsOne(version: string, clause: string): boolean {
  const [, operator = '==', major = '', minor, patch] = CLAUSE.exec(clause) ?? []
  if (!major) return true
  const [wanted, has] = [numberOf(`${major}.${minor ?? 0}`), numberOf(version)]
  switch (operator) {
    case '>=':
      return has >= wanted
    case '>':
      return patch === undefined ? has > wanted : has >= wanted
    case '<=':
      return has <= wanted
    case '<':
      return has < wanted || (has === wanted && Number(patch) > 0)
    case '!=':
      return patch !== undefined && patch !== '*' ? true : has !== wanted
    case '~=':
      return patch === undefined ? has >= wanted && version.startsWith(`${major}.`) : has === wanted
    default:
      return minor === undefined ? version.startsWith(`${major}.`) : has === wanted
  }
}

function numberOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major * 1000 + minor
}
