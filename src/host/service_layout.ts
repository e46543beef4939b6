/** The structures of winsvc.h and winbase.h that cross the FFI, as they lie in memory on x64. */
import type { ServiceState } from "./running_windows.ts";
import type { ReportedState, ServiceStatus } from "./service_session.ts";

/** SERVICE_WIN32_OWN_PROCESS */
const OWN_PROCESS = 0x10;
/** SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PRESHUTDOWN */
const ACCEPT_STOPS = 0x1 | 0x4 | 0x100;

const STATE_NUMBERS: Readonly<Record<ReportedState, number>> = {
  stopped: 1,
  "start-pending": 2,
  "stop-pending": 3,
  running: 4,
};

/** SERVICE_STATUS: 28 bytes, seven DWORDs. */
export function encodeServiceStatus(status: ServiceStatus): Uint8Array<ArrayBuffer> {
  const fields = [
    OWN_PROCESS,
    STATE_NUMBERS[status.state],
    status.stoppable ? ACCEPT_STOPS : 0,
    status.exitCode,
    status.specificCode,
    status.checkpoint,
    status.waitHintMs,
  ];
  const view = new DataView(new ArrayBuffer(fields.length * 4));
  for (const [index, field] of fields.entries()) view.setUint32(index * 4, field, true);
  return new Uint8Array(view.buffer);
}

/** SERVICE_TABLE_ENTRYW, two pointers: one service, and the empty entry that ends the table. */
export function encodeServiceTable(
  entry: { readonly name: bigint; readonly main: bigint },
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(32));
  view.setBigUint64(0, entry.name, true);
  view.setBigUint64(8, entry.main, true);
  return new Uint8Array(view.buffer);
}

/** Size of SERVICE_STATUS_PROCESS: SERVICE_STATUS, the process id and flags. */
export const SERVICE_STATUS_PROCESS_SIZE = 36;

/** `dwCurrentState` of every service that there is (winsvc.h). */
const STATES: ReadonlyMap<number, ServiceState> = new Map([
  [1, "stopped"],
  [2, "start-pending"],
  [3, "stop-pending"],
  [4, "running"],
  [5, "continue-pending"],
  [6, "pause-pending"],
  [7, "paused"],
]);

/** The state in a SERVICE_STATUS or SERVICE_STATUS_PROCESS. */
export function decodeServiceState(bytes: Uint8Array<ArrayBuffer>): ServiceState | "unknown" {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return STATES.get(view.getUint32(4, true)) ?? "unknown";
}
