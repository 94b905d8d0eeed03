import { add } from './add.js'
import { remove } from './remove.js'
import { set } from './set.js'
import { upgrade } from './upgrade.js'

// Loaded only where a project is changed.

export { restoreRecord } from '../plan/read-record.js'
export { changeProject } from './change.js'
export { unfinishedIn } from './unfinished.js'

export const changes = { upgrade, set, add, remove }
