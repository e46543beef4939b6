/** Editions of Windows by their EditionID, and what sets them apart for a repair. */

/** One edition. */
export interface EditionRow {
  /** As in `CurrentVersion\EditionID` and in an image's EDITIONID. */
  readonly id: string;
  readonly name: string;
  /**
   * Editions of one line share their component store, as far as is known. LTSC is serviced on
   * its own, and an N edition lacks the media features.
   */
  readonly line: "client" | "client-n" | "ltsc" | "ltsc-n" | "server" | "pe";
  readonly source: string;
}

const NAMES = "Microsoft Learn: product identification, EditionID values; Windows upgrade paths";

/** The editions. */
export const EDITIONS: readonly EditionRow[] = ([
  ["Core", "Home", "client"],
  ["CoreSingleLanguage", "Home Single Language", "client"],
  ["CoreCountrySpecific", "Home China", "client"],
  ["CoreN", "Home N", "client-n"],
  ["Professional", "Pro", "client"],
  ["ProfessionalN", "Pro N", "client-n"],
  ["ProfessionalEducation", "Pro Education", "client"],
  ["ProfessionalEducationN", "Pro Education N", "client-n"],
  ["ProfessionalWorkstation", "Pro for Workstations", "client"],
  ["ProfessionalWorkstationN", "Pro N for Workstations", "client-n"],
  ["Education", "Education", "client"],
  ["EducationN", "Education N", "client-n"],
  ["Enterprise", "Enterprise", "client"],
  ["EnterpriseN", "Enterprise N", "client-n"],
  ["ServerRdsh", "Enterprise multi-session", "client"],
  ["IoTEnterprise", "IoT Enterprise", "client"],
  ["EnterpriseS", "Enterprise LTSC", "ltsc"],
  ["EnterpriseSN", "Enterprise N LTSC", "ltsc-n"],
  ["IoTEnterpriseS", "IoT Enterprise LTSC", "ltsc"],
  ["ServerStandard", "Server Standard", "server"],
  ["ServerDatacenter", "Server Datacenter", "server"],
  ["WindowsPE", "Windows PE", "pe"],
] as const).map(([id, name, line]) => ({ id, name, line, source: NAMES }));

/** The row of an EditionID, in any case. */
export function findEdition(id: string): EditionRow | undefined {
  return EDITIONS.find((row) => row.id.toLowerCase() === id.toLowerCase());
}
