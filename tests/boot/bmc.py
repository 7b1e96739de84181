"""A management controller (BMC) for QEMU's ipmi-bmc-extern: what a test wants it to say of the next boot.

The protocol is OpenIPMI's for virtual machines: messages with a number, a checksum and an end mark.
"""

import socket
import threading

MESSAGE_END, COMMAND_END, ESCAPE = 0xA0, 0xA1, 0xAA
MARKS = (MESSAGE_END, COMMAND_END, ESCAPE)
GET_BOOT_OPTIONS, SET_BOOT_OPTIONS = (0x00, 0x09), (0x00, 0x08)

# What the kernel asks before it believes that there is a BMC (IPMI 2.0, 20.1, 22.1 and 22.2).
ANSWERS = {
    (0x06, 0x01): bytes([0, 0x20, 1, 1, 0, 2, 0, 0, 0, 0, 0, 0]),     # device id: IPMI 2.0
    (0x06, 0x2F): bytes([0, 0]),      # global enables
    (0x06, 0x2E): bytes([0]),
    (0x06, 0x31): bytes([0, 0]),      # message flags: none waits
    (0x06, 0x30): bytes([0]),
}
UNKNOWN_COMMAND = bytes([0xC1])


class BMC:
    """flags: the five bytes of the boot flags; None: it never answers what is asked of them."""

    def __init__(self, directory, flags):
        self.flags = flags
        self.asked = []         # (network function, command, data), of boot options only
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{directory}/bmc")
        self.listener.listen()
        self.options = ["-chardev", f"socket,id=bmc,path={directory}/bmc,reconnect=1",     # else it comes too early for QEMU
                        "-device", "ipmi-bmc-extern,id=bmc0,chardev=bmc", "-device", "isa-ipmi-kcs,bmc=bmc0"]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        client, _ = self.listener.accept()
        message, escaped = bytearray(), False
        with client:
            while data := client.recv(4096):
                for byte in data:
                    if byte == ESCAPE:
                        escaped = True
                    elif byte in (MESSAGE_END, COMMAND_END):
                        if byte == MESSAGE_END and sum(message) & 0xFF == 0:
                            self.answer(client, *message[:3], bytes(message[3:-1]))
                        message.clear()
                    else:
                        message.append(byte & ~0x10 if escaped else byte)
                        escaped = False

    def answer(self, client, number, function, command, data):
        what = (function >> 2, command)
        answer = ANSWERS.get(what, UNKNOWN_COMMAND)
        if what in (GET_BOOT_OPTIONS, SET_BOOT_OPTIONS):
            self.asked.append((*what, data))
            if self.flags is None:
                return
            answer = bytes([0])
            if what == SET_BOOT_OPTIONS:
                self.flags = data[1:]
            elif data[0] == 5:
                answer += bytes([1, 5]) + self.flags
            else:
                answer = bytes([0x80])      # parameter not supported
        reply = bytes([number, function | 4, command]) + answer
        reply += bytes([-sum(reply) & 0xFF])
        client.sendall(b"".join(bytes([ESCAPE, byte | 0x10]) if byte in MARKS else bytes([byte])
                                for byte in reply) + bytes([MESSAGE_END]))
