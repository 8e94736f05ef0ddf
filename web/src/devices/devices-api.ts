/* Computers that staff works with: docs/protocols/api.md. */
import { api } from "../api/api";

export interface WorkDevice {
  id: string;
  user_id: string;
  name: string;
  state: "waits" | "lapsed" | "refused" | "good" | "revoked" | "over";
  /* "user:1001" or "operator"; "" for nobody yet. */
  asked_by: string;
  asked: string;
  reason: string;
  decided_by: string;
  decided: string;
  serial: string;
  expires: string;
  revoked: string;
  revoked_by: string;
}

const devicesApi = api.injectEndpoints({
  endpoints: (build) => ({
    ownWorkDevices: build.query<WorkDevice[], void>({
      query: () => "/me/work-devices",
      transformResponse: (answer: { devices: WorkDevice[] }) => answer.devices,
      providesTags: ["WorkDevice"],
      keepUnusedDataFor: 0,
    }),
    workDevices: build.query<WorkDevice[], void>({
      query: () => "/admin/devices",
      transformResponse: (answer: { devices: WorkDevice[] }) => answer.devices,
      providesTags: ["WorkDevice"],
      keepUnusedDataFor: 0,
    }),
    decideDevice: build.mutation<
      WorkDevice,
      { id: string; what: "approve" | "refuse" | "revoke"; reason?: string }
    >({
      query: ({ id, what, ...body }) => ({
        url: `/admin/devices/${encodeURIComponent(id)}/${what}`,
        method: "POST",
        body,
      }),
      transformResponse: (answer: { device: WorkDevice }) => answer.device,
      invalidatesTags: ["WorkDevice"],
    }),
  }),
});

export const { useOwnWorkDevicesQuery, useWorkDevicesQuery, useDecideDeviceMutation } = devicesApi;
