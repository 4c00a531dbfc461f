declare const brand: unique symbol

/** A type of its own for look-alike numbers and strings, so that a duration is never passed for an instant. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }
