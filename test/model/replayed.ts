/**
 * What a property is run with so that only the smallest history that failed is run: fast-check prints seed and path.
 *
 *     FC_SEED=-1234 FC_PATH=17:0:2 npx vitest run test/model/generated-histories-one.test.ts
 */
export const replayed: { readonly path?: string } = {
  ...(process.env.FC_PATH !== undefined && { path: process.env.FC_PATH }),
}
