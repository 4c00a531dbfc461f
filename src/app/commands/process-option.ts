import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from './config-option.ts'

/** How a command was told which process it is about. */
export type GivenProcess = { readonly url?: URL; readonly data?: string; readonly config?: string }

/** Options of commands that ask a process that runs, or tell it something. */
export const withProcess = (command: Command): Command =>
  command
    .option('--data <DIR>', 'the data folder of the process (default: "./data")')
    .option('--config <FILE>', 'the configuration of the process, in place of its data folder')
    .option('--url <URL>', 'where it serves its API, in place of either', address)

/**
 * Where the process serves its API.
 *
 * @param usual where it is taken to be if nobody has ./data, and nothing was named. Default: that is told.
 * @throws CouldNotRun where none runs, Mistakes in its configuration.
 */
export async function addressOfProcess({ url, data, config }: GivenProcess, usual?: URL): Promise<URL> {
  if (url !== undefined) return url
  const { processIn } = await import('../process-address.ts')
  const isNamed = data !== undefined || config !== undefined
  if (!isNamed && usual !== undefined) return processIn(resolve('./data')).catch(() => usual)
  return processIn(config === undefined ? resolve(data ?? './data') : (await readConfig(config)).data)
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new InvalidArgumentError(`"${text}" is no address such as http://127.0.0.1:8080`)
}
