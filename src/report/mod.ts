/**
 * Tells what happened: findings, plans and results as plain text. Pure: it neither reads nor
 * writes anything.
 *
 * @module
 */
export * from "./text.ts";
