import type { ProcessDefinition } from '../model/definitions.ts'

type Attributes = Readonly<Record<string, string | number | boolean | null>>

/** A visit's attributes as its events wrote them: numbers that are kept whole, at a scale, in their own unit again. */
export function attributesView(
  { attributes: defined }: Pick<ProcessDefinition, 'attributes'>,
  attributes: Attributes,
): Record<string, Attributes[string]> {
  const shown: Record<string, Attributes[string]> = { ...attributes }
  for (const { name, decimals = 0 } of defined) {
    const value = attributes[name]
    // To its digits: the quotient itself may be off by the last bit of a double.
    if (decimals > 0 && typeof value === 'number') shown[name] = Number((value / 10 ** decimals).toFixed(decimals))
  }
  return shown
}
