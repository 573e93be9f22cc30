package dev.paca.bench.device;

import dev.paca.model.Devices;
import dev.paca.model.part.Parts;

/**
 * The memory under which decoding lies.
 *
 * @param device what the device is, in words
 * @param bandwidth bytes a second that it reads; 0 where that is not known
 */
public record Roof(String device, double bandwidth) {
    /**
     * Measures what memory gives.
     *
     * @param device {@code cpu}, or another device's name
     * @param threads threads that read, on the CPU
     */
    public static Roof measure(String device, int threads) {
        String description = Devices.list().get(device);
        if (description == null) {
            // A name for whichever device there is.
            return new Roof(device, 0);
        }
        if (device.equals(Devices.CPU)) {
            return new Roof(description, Bandwidth.measure(threads));
        }
        Parts parts = Parts.on(device);
        return new Roof(description, parts.provider().bandwidth(parts.device()));
    }
}
