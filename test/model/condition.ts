import type { AttributeValue } from '../../src/event/event.ts'

/**
 * The part of CEL that the tests' conditions use, read by hand so that the model shares no evaluator with the engine:
 * names, strings, numbers, `true`, `false`, `null`, the six comparisons, `in [..]`, `!`, `&&`, `||`, parentheses.
 *
 * A comparison with a null attribute is false, `!=` too; so is one between values of different kinds, except that `!=`
 * between those is true.
 *
 * @param attribute gives the event's own value of a named attribute.
 * @throws Error where the text uses anything else.
 */
export function conditionHolds(text: string, attribute: (name: string) => AttributeValue): boolean {
  const tokens = tokensOf(text)
  let next = 0

  const take = (expected: string): boolean => {
    if (tokens[next] !== expected) return false
    next++
    return true
  }
  const need = (expected: string): void => {
    if (!take(expected))
      throw new Error(`condition ${text}: expected ${expected} at token ${next + 1}, found ${tokens[next]}`)
  }

  const either = (): boolean => {
    let holds = both()
    while (take('||')) holds = both() || holds
    return holds
  }
  const both = (): boolean => {
    let holds = single()
    while (take('&&')) holds = single() && holds
    return holds
  }
  const single = (): boolean => {
    if (take('!')) return !single()
    if (take('(')) {
      const holds = either()
      need(')')
      return holds
    }
    return comparison()
  }
  const comparison = (): boolean => {
    const left = value()
    if (take('in')) {
      const list: AttributeValue[] = []
      need('[')
      do list.push(value())
      while (take(','))
      need(']')
      return left !== null && list.includes(left)
    }
    const operator = tokens[next] ?? ''
    if (!['==', '!=', '<', '<=', '>', '>='].includes(operator)) return left === true
    next++
    return compares(left, operator, value())
  }
  const value = (): AttributeValue => {
    const token = tokens[next++]
    if (token === undefined) throw new Error(`condition ${text}: ends too early`)
    if (/^["']/.test(token)) return token.slice(1, -1).replace(/\\(.)/g, '$1')
    if (/^-?\d/.test(token)) return Number(token)
    if (token === 'true') return true
    if (token === 'false') return false
    if (token === 'null') return null
    if (/^[A-Za-z_]\w*$/.test(token)) return attribute(token)
    throw new Error(`condition ${text}: cannot read ${token}`)
  }

  const holds = either()
  if (next !== tokens.length) throw new Error(`condition ${text}: cannot read past ${tokens[next]}`)
  return holds
}

const token = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?|\w+|&&|\|\||[=!<>]=|[!<>()[\],]|\S/g

/** Texts are few and read a million times. */
const known = new Map<string, readonly string[]>()

function tokensOf(text: string): readonly string[] {
  const tokens = known.get(text) ?? text.match(token) ?? []
  known.set(text, tokens)
  return tokens
}

function compares(left: AttributeValue, operator: string, right: AttributeValue): boolean {
  if (left === null || right === null) return false
  if (operator === '==') return left === right
  if (operator === '!=') return left !== right
  if (typeof left !== typeof right) return false
  if (operator === '<') return left < right
  if (operator === '<=') return left <= right
  if (operator === '>') return left > right
  return left >= right
}
