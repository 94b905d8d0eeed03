// A session of an agent in the project of this directory, for a test that puts it where there is no network:
// node session.mjs
import { readFileSync } from 'node:fs'
import { Agent } from './agent.mjs'

const { jupyter } = JSON.parse(readFileSync('.mcp.json', 'utf8')).mcpServers
const agent = await Agent.connect(jupyter, process.cwd(), process.env)
await agent.call('use_notebook', { notebook_name: 'start', notebook_path: 'notebooks/start.ipynb' })
console.log(await agent.call('insert_execute_code_cell', { cell_index: -1, cell_source: 'print(6 * 7)' }))
await agent.close()
