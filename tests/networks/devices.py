"""A camera and a microphone as files, for Chromium's fake devices.

Its own camera shows little that moves, and its own microphone beeps: neither fills a link, nor
can lost sound be guessed of it, as pictures with a sensor's noise and voices do.
"""

import wave
from pathlib import Path

import av

WIDTH, HEIGHT, RATE = 640, 360, 20
SAMPLES = 48_000

# Filters of FFmpeg. Chromium plays the files over and over.
CAMERA = f"testsrc2=size={WIDTH}x{HEIGHT}:rate={RATE}:duration=5,noise=alls=6:allf=t,format=yuv420p"
# A pitch that wanders, its overtones, two syllables a second, and a breath every four seconds.
PITCH = "(2*PI*130*t+6*sin(2*PI*0.7*t)+sin(2*PI*2.3*t))"
OVERTONES = "+".join(f"sin({n}*{PITCH})/{n}" for n in range(1, 13))
SYLLABLES = "clip(sin(2*PI*2*t)+0.35,0,1)*gt(sin(2*PI*0.25*t),-0.8)"
VOICE = (
    f"aevalsrc='0.25*{SYLLABLES}*({OVERTONES})+0.002*(random(0)-0.5)':s={SAMPLES}:d=12,"
    "aformat=sample_fmts=s16:channel_layouts=mono"
)


def options(directory: Path) -> list[str]:
    """Make the two, and tell how Chromium is told to take them for its devices."""
    camera, voice = directory / "camera.y4m", directory / "voice.wav"
    film(camera)
    record(voice)
    return [
        f"--use-file-for-fake-video-capture={camera}",
        f"--use-file-for-fake-audio-capture={voice}",
    ]


def film(path: Path) -> None:
    with av.open(CAMERA, format="lavfi") as source, path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in source.decode(video=0):
            file.write(b"FRAME\n" + b"".join(bytes(plane) for plane in frame.planes))


def record(path: Path) -> None:
    with av.open(VOICE, format="lavfi") as source, wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLES)
        for frame in source.decode(audio=0):
            sound.writeframes(bytes(frame.planes[0])[: 2 * frame.samples])
