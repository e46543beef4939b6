/** Where the program talks. Standard output is the result, standard error is the talk. */
export interface Terminal {
  /** Both streams are a console and may be rewritten. */
  readonly interactive: boolean;
  readonly color: boolean;
  readonly columns: number;
  write(text: string): void;
  writeError(text: string): void;
  /** Asks a question and returns the typed line, or undefined without a console or at its end. */
  ask(question: string): Promise<string | undefined>;
}
