/**
 * A running Windows that an order was left in: the real wiring of the starter over the lab's
 * host, its service manager, a simulated Setup and time that passes by itself.
 */
import { encodeUtf16 } from "../../src/base/mod.ts";
import { starterMachine } from "../../src/cli/upgrade_service.ts";
import type { LiveKey, ServiceState } from "../../src/host/mod.ts";
import { newHash } from "../../src/host/streaming_hash.ts";
import {
  firstProgress,
  parseProgress,
  runStarter,
  serializeOrder,
  SERVICE_NAME,
  type StarterEnd,
  type StarterRecord,
  type UpgradeOrder,
  UpgradePlace,
} from "../../src/upgrade/mod.ts";
import { createMemoryHost, LabClock, LabServiceManager, type MemoryHost } from "../lab/mod.ts";
import { runSimulator } from "../lab/simulators/mod.ts";
import type { SetupScenario } from "../lab/simulators/setup_scenario.ts";

export const VERSION_KEY: LiveKey = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
export const SETUP_KEY: LiveKey = "HKLM\\SYSTEM\\Setup";
export const COMPUTER_KEY: LiveKey =
  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName";
export const REBOOT_PENDING: LiveKey =
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
export const SETTLED = ["RpcSs", "EventLog", "Schedule", "ProfSvc"] as const;

const MEDIA = "C:\\PEMedic\\media";
const SETUP_BYTES = new TextEncoder().encode("MZ setup");
const ROLLBACK_LOG = "C:\\$WINDOWS.~BT\\Sources\\Rollback\\setupact.log";

/** Like orders that are staged, with the lab's names. */
export function labOrder(changes: Partial<UpgradeOrder> = {}): UpgradeOrder {
  return {
    format: 1,
    id: "0123456789abcdef",
    made: "2026-01-15T09:00:00.000Z",
    start: "service",
    target: {
      computerName: "LAB-PC",
      serial: "1A2B-3C4D",
      letter: "C:",
      edition: "Professional",
      build: 26100,
      ubr: 1742,
      installTime: "133500000000000000",
    },
    media: {
      folder: MEDIA,
      build: 26100,
      ubr: 4349,
      edition: "Professional",
      setup: { bytes: SETUP_BYTES.length, sha256: sha256Of(SETUP_BYTES) },
    },
    arguments: ["/Auto", "Upgrade", "/Quiet", "/EULA", "Accept"],
    limits: { starts: 2, settleMinutes: 20, hours: 6 },
    needsPower: true,
    ...changes,
  };
}

export function sha256Of(bytes: Uint8Array): string {
  const hash = newHash("sha256");
  hash.update(bytes);
  return hash.hex();
}

/** What the machine does while the starter sleeps. */
export type Happening = (elapsedMs: number, lab: StarterLab) => void | Promise<void>;

/** A computer that was staged. */
export class StarterLab {
  readonly manager: LabServiceManager = new LabServiceManager({ uptimeMs: 600_000 });
  readonly host: MemoryHost;
  readonly order: UpgradeOrder;
  readonly clock: LabClock = new LabClock();
  /** The hash on the command line. */
  hash: string;
  /** Called after each sleep. */
  happening: Happening | undefined;
  /** What `tasklist` prints; undefined: the tool fails. */
  taskList: () => string | undefined = () => '"System","4","Services","0","8 K"\r\n';
  /** How long the list of programs is waited for. */
  listingMs: number | undefined;
  /** The starts of Setup that no whole record went before. */
  unrecorded = 0;

  constructor(order: UpgradeOrder = labOrder(), ...setup: readonly SetupScenario[]) {
    this.order = order;
    this.host = createMemoryHost({
      clock: this.clock,
      serviceManager: this.manager,
      platform: { winpe: false, systemRoot: "C:\\", programFolder: "C:\\PEMedic\\bin" },
      volumes: [{ letter: "C:", fileSystem: "NTFS", serial: "1A2B-3C4D" }],
      tools: ["tasklist"],
      runSimulator: async (tool, args, context) => {
        if (tool !== "tasklist") return await runSimulator(tool, args, context);
        const list = this.taskList();
        await context.write(new TextEncoder().encode(list ?? ""));
        return list === undefined ? 1 : 0;
      },
    });
    this.host.state.setup = [...setup];
    this.host.processes.onCall = async ({ tool }) => {
      if (tool !== "setup") return;
      const recorded = (await this.records()).filter(({ event }) => event === "starts").length;
      if (recorded < this.setupStarts) this.unrecorded++;
    };
    const text = new TextEncoder().encode(serializeOrder(order));
    this.hash = sha256Of(text);
    const { files } = this.host;
    files.put(`C:\\${UpgradePlace.order}`, text);
    files.put(this.progressPath, new TextEncoder().encode(firstProgress(order)));
    files.put(`${MEDIA}\\setup.exe`, SETUP_BYTES);
    files.put(`${MEDIA}\\sources\\install.wim`, new TextEncoder().encode("MSWIM"));
    files.putDirectory("C:\\Windows\\WinSxS");
    this.manager.install(SERVICE_NAME);
    this.setText(COMPUTER_KEY, "ComputerName", "lab-pc");
    this.setText(VERSION_KEY, "CurrentBuildNumber", "26100");
    this.setNumber(VERSION_KEY, "UBR", 1742);
    this.setInstallTime(133500000000000000n);
    this.setNumber(SETUP_KEY, "SystemSetupInProgress", 0);
    this.servicesAre("running");
  }

  readonly progressPath: string = `C:\\${UpgradePlace.progress}`;

  /** One start of Windows, in which the service runs until it ends. Undefined if it is gone. */
  async boot(): Promise<StarterEnd | undefined> {
    this.host.reboot();
    this.servicesAre("running");
    if (await this.manager.serviceState(SERVICE_NAME) === "absent") return undefined;
    this.manager.start(SERVICE_NAME);
    let end: StarterEnd | undefined;
    await this.manager.runAsService(SERVICE_NAME, async (control) => {
      end = await runStarter(this.#machine(), {
        orderSha256: this.hash,
        start: "service",
        signal: control.signal,
        stopRequest: () => control.stopRequest,
      });
      return 0;
    });
    return end;
  }

  /** The program is started at logon, without a service. */
  async logon(): Promise<StarterEnd> {
    return await runStarter(this.#machine(), {
      orderSha256: this.hash,
      start: "logon",
      signal: new AbortController().signal,
      stopRequest: () => undefined,
    });
  }

  #machine() {
    const { life } = this.host.files.crash;
    return starterMachine(this.host, this.manager, {
      ...this.listingMs === undefined ? {} : { listingMs: this.listingMs },
      sleep: async (milliseconds, signal) => {
        // Whatever can go on without time goes on first.
        for (let turn = 0; turn < 3; turn++) await new Promise((next) => setTimeout(next, 0));
        if (signal.aborted) return;
        this.host.files.crash.check(life);
        this.clock.advance(milliseconds);
        const { now } = this.manager;
        if (now.uptimeMs !== "unknown") now.uptimeMs += milliseconds;
        await this.happening?.(this.clock.monotonicMs(), this);
      },
    });
  }

  /** How often Setup was started in all. */
  get setupStarts(): number {
    return this.host.processes.calls.filter(({ tool }) => tool === "setup").length;
  }

  async records(): Promise<readonly StarterRecord[]> {
    return parseProgress(await this.progressText(), this.order.id).records;
  }

  async progressText(): Promise<string> {
    const { files } = this.host;
    if (await files.stat(this.progressPath) === undefined) return "";
    return new TextDecoder().decode(await files.read(this.progressPath));
  }

  async events(): Promise<string[]> {
    return (await this.records()).map(({ event }) => event);
  }

  /** The last reason that was recorded. */
  async reason(): Promise<string | undefined> {
    const found = (await this.records()).findLast((record) => "reason" in record);
    return found !== undefined && "reason" in found ? found.reason : undefined;
  }

  async isInstalled(): Promise<boolean> {
    return await this.manager.serviceState(SERVICE_NAME) !== "absent";
  }

  /** The upgrade became what it should. */
  upgraded(): void {
    this.setInstallTime(133600000000000000n);
    this.setNumber(VERSION_KEY, "UBR", 4349);
  }

  /** Setup took the upgrade back in a later phase. */
  rolledBack(): void {
    this.host.files.put(ROLLBACK_LOG, new TextEncoder().encode(`back ${this.clock.now()}`));
  }

  setupAtWork(on: boolean, name = "SystemSetupInProgress"): void {
    this.setNumber(SETUP_KEY, name, on ? 1 : 0);
  }

  servicesAre(state: ServiceState | "unknown"): void {
    for (const name of SETTLED) this.manager.install(name, state);
  }

  setInstallTime(value: bigint): void {
    const data = new Uint8Array(8);
    new DataView(data.buffer).setBigUint64(0, value, true);
    this.manager.setValue(VERSION_KEY, "InstallTime", { type: 11, data });
  }

  setNumber(key: LiveKey, name: string, value: number): void {
    const data = new Uint8Array(4);
    new DataView(data.buffer).setUint32(0, value, true);
    this.manager.setValue(key, name, { type: 4, data });
  }

  setText(key: LiveKey, name: string, text: string): void {
    this.manager.setValue(key, name, { type: 1, data: encodeUtf16(`${text}\0`) });
  }
}
