/** A text with places for others. */
export type With<Arguments extends string[]> = (...texts: Arguments) => string
