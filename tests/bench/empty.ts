/** Nothing: what start-up costs without a program. */
export {};
