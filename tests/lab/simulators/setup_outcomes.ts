/** The ends that a simulated setup.exe has. */
export const SUPPORTED_OUTCOMES = [
  "succeed",
  "refuse",
  "hang",
  "die",
  "restart",
  "roll-back",
] as const;
