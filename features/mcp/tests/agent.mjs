import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

/** For what hangs. */
const PATIENCE = { timeout: 180_000 }

/** A coding agent: the official client, and the server that it starts as its settings say. */
export class Agent {
  /** What the server has said on standard error. */
  stderr = ''
  #client = new Client({ name: 'agent', version: '1.0.0' })

  /**
   * Starts the server that a project names in .mcp.json.
   *
   * @param {{ command: string, args: string[] }} server @param {string} cwd
   * @param {NodeJS.ProcessEnv} env what the agent itself was started with
   */
  static async connect(server, cwd, env) {
    const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
    const transport = new StdioClientTransport({ ...server, cwd, env: Object.fromEntries(set), stderr: 'pipe' })
    const agent = new Agent()
    transport.stderr?.on('data', (chunk) => {
      agent.stderr += chunk
    })
    // What is no message of the protocol on standard output ends up here.
    agent.#client.onerror = (error) => {
      agent.stderr += `not of the protocol: ${error}`
    }
    await agent.#client.connect(transport, PATIENCE)
    return agent
  }

  /** @returns {Promise<string[]>} */
  async tools() {
    return (await this.#client.listTools({}, PATIENCE)).tools.map(({ name }) => name)
  }

  /**
   * What a tool says.
   *
   * @param {string} name @param {Record<string, unknown>} args @returns {Promise<string>}
   * @throws {Error} where the tool says that it failed
   */
  async call(name, args = {}) {
    const { content, isError } = await this.#client.callTool({ name, arguments: args }, PATIENCE)
    const said = content.map((part) => ('text' in part ? part.text : '')).join('\n')
    if (isError) throw new Error(`${name}: ${said}`)
    return said
  }

  close() {
    return this.#client.close()
  }
}
