import { Option } from 'commander'
import { type Role, roles } from '../../protocol/session.ts'
import type { DefineCommand } from '../command-line.ts'

type Given = { name: string; role: Role; owner?: string[] }

export const defineToken: DefineCommand = (program, { print }) => {
  program
    .command('token')
    .description('make a token to sign in with, and the lines of the configuration that let it in')
    .requiredOption('--name <NAME>', 'whose it is: what is done by it is kept under this name')
    .addOption(new Option('--role <ROLE>', 'what it may do').choices(roles).makeOptionMandatory())
    .option('--owner <OWNER...>', 'owners on whose alerts it may act (default: all)')
    .addHelpText('after', '\nExample:\n  stagewatch token --name li.wei --role responder --owner warehouse-ops')
    .action(async ({ name, role, owner }: Given) => {
      const { newToken, tokenHash } = await import('../../gateway/access/static-tokens.ts')
      const token = newToken()
      const sha256 = tokenHash(token).toString('hex')
      // JSON is YAML too.
      const owners = owner === undefined ? '' : `, owners: ${JSON.stringify(owner)}`
      print(`${token}

This token is not shown again. Put its hash into the configuration, and restart:

http:
  sign_in:
    tokens:
      - {name: ${JSON.stringify(name)}, role: ${role}${owners}, sha256: "${sha256}"}
`)
    })
}
