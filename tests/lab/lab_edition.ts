/** Which Windows the lab builds: variation is a parameter, and the text is filled in from it. */

/** An edition, build, language and architecture. */
export interface LabWindows {
  /** As in the registry: Windows 11 still says "Windows 10 …" there. */
  readonly productName: string;
  readonly editionId: string;
  readonly displayVersion: string;
  /** 26100 */
  readonly build: number;
  /** UBR: the number behind the build. */
  readonly revision: number;
  /** Build of the branch the release comes from: 19041 for 19045. */
  readonly labBuild: number;
  readonly branch: string;
  readonly branchDate: string;
  readonly architecture: "amd64" | "arm64" | "x86";
  readonly language: "en-US" | "de-DE" | "ja-JP";
  /** As in `Nls\Language`: `0409`. */
  readonly languageId: string;
  readonly oemCodePage: number;
  readonly computerName: string;
  /** Description of its loader in the boot menu. */
  readonly bootDescription: string;
}

/** Windows 11 Pro 24H2, x64, English: what the lab builds if nothing else is asked for. */
export const WINDOWS_11_PRO: LabWindows = {
  productName: "Windows 10 Pro",
  editionId: "Professional",
  displayVersion: "24H2",
  build: 26100,
  revision: 4061,
  labBuild: 26100,
  branch: "ge_release",
  branchDate: "240331-1435",
  architecture: "amd64",
  language: "en-US",
  languageId: "0409",
  oemCodePage: 437,
  computerName: "ANNA-PC",
  bootDescription: "Windows 11",
};

/** Windows 10 Home 22H2, x64, German. */
export const WINDOWS_10_HOME_GERMAN: LabWindows = {
  ...WINDOWS_11_PRO,
  productName: "Windows 10 Home",
  editionId: "Core",
  displayVersion: "22H2",
  build: 19045,
  revision: 5854,
  labBuild: 19041,
  branch: "vb_release",
  branchDate: "191206-1406",
  language: "de-DE",
  languageId: "0407",
  oemCodePage: 850,
  bootDescription: "Windows 10",
};

/** Windows 11 Pro 24H2 on ARM. */
export const WINDOWS_11_ARM64: LabWindows = { ...WINDOWS_11_PRO, architecture: "arm64" };

/** The words that the text files of the lab may ask for. */
export function labWindowsWords(windows: LabWindows): Readonly<Record<string, string>> {
  return {
    productName: windows.productName,
    editionId: windows.editionId,
    displayVersion: windows.displayVersion,
    build: String(windows.build),
    revision: String(windows.revision),
    revisionHex: windows.revision.toString(16).padStart(8, "0"),
    labBuild: String(windows.labBuild),
    branch: windows.branch,
    branchDate: windows.branchDate,
    architecture: windows.architecture,
    buildArchitecture: `${windows.architecture}fre`,
    processorArchitecture: windows.architecture === "x86"
      ? "x86"
      : windows.architecture.toUpperCase(),
    language: windows.language,
    languageId: windows.languageId,
    oemCodePage: String(windows.oemCodePage),
    computerName: windows.computerName,
    bootDescription: windows.bootDescription,
    servicingVersion: `10.0.${windows.build}.${windows.revision - 1}`,
  };
}

/** Fills in `{{name}}`. An unknown name is an error, so that no brace ever reaches a hive. */
export function fillTemplate(text: string, words: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const word = words[name];
    if (word === undefined) throw new RangeError(`Cannot fill in "${name}": no such word`);
    return word;
  });
}
