import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Definitions } from '../model/definitions.ts'
import { isProcessFile, isTestFile, loadDefinitions } from '../model/load.ts'
import type { Problem } from '../model/problem.ts'
import type { SourceFile } from '../model/yaml-file.ts'
import { CouldNotRun } from './could-not-run.ts'
import { Mistakes } from './mistakes.ts'

/**
 * The YAML files of a folder in the order of their names; folders inside it are not entered, so that examples can lie
 * beside what is in use. Files of rule tests are passed over.
 *
 * @returns each with its name as the user would write it: `rules/order-fulfilment.yaml`.
 * @throws CouldNotRun where the folder or a file cannot be read, or there is none.
 */
export function readRulesFolder(folder: string): SourceFile[] {
  const names = namesIn(folder).filter(name => /^[^.].*\.ya?ml$/i.test(name) && !isTestFile(name))
  if (!names.some(isProcessFile)) {
    throw new CouldNotRun({
      problem: `the rules folder ${folder} holds no process file (*.yaml)`,
      remedy: 'name the right folder with --rules, or write a draft with: stagewatch init --input FILE --out ' + folder,
    })
  }
  return names.sort().map(name => ({ name: join(folder, name), text: textOf(join(folder, name)) }))
}

/**
 * The definitions of files that were read before.
 *
 * @throws Mistakes with all that is wrong in them.
 */
export function definitionsOf(files: readonly SourceFile[]): Definitions {
  const { definitions, problems } = loadDefinitions(files)
  if (definitions === undefined) throw new Mistakes(problems)
  return definitions
}

/**
 * The definitions of a folder, checked.
 *
 * @returns with them the warnings, which stop nothing.
 * @throws Mistakes with all that is wrong in the files, CouldNotRun where they cannot be read.
 */
export function loadRules(folder: string): { definitions: Definitions; warnings: readonly Problem[] } {
  const { definitions, problems } = loadDefinitions(readRulesFolder(folder))
  if (definitions === undefined) throw new Mistakes(problems)
  return { definitions, warnings: problems }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(entry => entry.name)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is no folder' : `cannot be read (${message})`
    const remedy = 'name the folder that holds your process files with --rules'
    throw new CouldNotRun({ problem: `the rules folder ${folder} ${why}`, remedy, cause })
  }
}

/** The files of rule tests in a folder, by name. @throws CouldNotRun where the folder or a file cannot be read. */
export const readTestFiles = (folder: string): SourceFile[] =>
  namesIn(folder)
    .filter(name => !name.startsWith('.') && isTestFile(name))
    .sort()
    .map(name => readTextFile(join(folder, name)))

/** @throws CouldNotRun where it cannot be read, or is not UTF-8. */
export const readTextFile = (name: string): SourceFile => ({ name, text: textOf(name) })

function textOf(file: string): string {
  const bytes = bytesOf(file)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new CouldNotRun({ problem: `the file ${file} is not UTF-8`, remedy: 'save it as UTF-8', cause })
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    const problem = `the file ${file} cannot be read (${(cause as Error).message})`
    throw new CouldNotRun({ problem, remedy: 'make it readable for the user that runs stagewatch', cause })
  }
}
