"""Kinds of files by name and by first bytes."""

import pickle
import struct

import pytest

from inspector.knowledge.file_kinds import FILE_KINDS, MAGIC, kind_of, looks_framed, recognise, recognise_content


def test_every_row_has_its_own_id_and_a_source() -> None:
    ids = [row.id for row in FILE_KINDS]
    assert len(ids) == len(set(ids))
    assert all(row.source and row.label and row.names for row in FILE_KINDS)
    assert all(row.source and row.label for row in MAGIC)


def test_no_name_is_shadowed_by_an_earlier_row() -> None:
    for row in FILE_KINDS:
        example = row.names[0].replace("*", "x")
        assert kind_of(example) == row.id


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("model.safetensors", "weights"),
        ("unet/MODEL.SAFETENSORS", "weights"),
        ("model.safetensors.index.json", "index"),
        ("diffusion_pytorch_model.safetensors.index.fp16.json", "index"),
        ("pytorch_model.bin.index.json", "foreign-index"),
        ("config.json", "config"),
        ("scheduler/scheduler_config.json", "config"),
        ("tokenizer_config.json", "tokenizer"),
        ("preprocessor_config.json", "processor"),
        ("generation_config.json", "generation-config"),
        ("training_args.bin", "pickle"),
        ("openvino_model.bin", "openvino"),
        ("model-00001-of-00002.safetensors.part", "partial"),
        ("blobs/ab12.incomplete", "partial"),
        ("modeling_x.py", "code"),
        ("install.sh", "executable"),
        ("model.sig", "signature"),
        ("SHA256SUMS", "checksums"),
        ("README.md", "model-card"),
        ("LICENSE.txt", "license"),
        ("something", "other"),
    ],
)
def test_a_path_promises_a_kind(path: str, kind: str) -> None:
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("content", "label"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html><body>404", "HTML page"),
        (b"\n <HTML><title>Not found", "HTML page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied', "XML"),
        (b'{"error": "Entry not found"}', "JSON"),
        (b"PK\x03\x04" + bytes(26) + b"archive/data.pkl" + bytes(100), "torch.save"),
        (b"PK\x03\x04" + bytes(26) + b"notes.txt" + bytes(100), "a ZIP archive"),
        (pickle.dumps({"a": [1]}, protocol=2), "pickle"),
        (pickle.dumps({"a": [1]}, protocol=4), "pickle"),
        (pickle.dumps([1, 2], protocol=0), "pickle"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"GGUF\x03\x00\x00\x00", "GGUF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x7fELF\x02\x01", "ELF"),
        (b"MZ" + b"\x90\x00\x03" + bytes(55) + b"\x80\x00\x00\x00", "Windows executable"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (bytes(257) + b"ustar\x00", "tar"),
        (b"\xff\xfeh\x00e\x00", "UTF-16"),
        (b"#!/bin/sh\n", "script"),
        (bytes(64), "zero bytes"),
        (b"\xff" * 64, "0xFF"),
        (b"Not Found: nothing here\n", "plain text"),
    ],
)
def test_content_is_recognised_by_its_first_bytes(content: bytes, label: str) -> None:
    assert label in recognise(content)


@pytest.mark.parametrize("length", [640, 19280, 35615, 0x4D5A])
def test_a_length_that_looks_like_another_magic_number_is_still_a_frame(length: int) -> None:
    content = struct.pack("<Q", length) + b'{"a":' + bytes(20)
    assert looks_framed(content)
    assert recognise(content) == ""


def test_a_big_endian_length_needs_a_file_that_could_hold_it() -> None:
    content = struct.pack(">Q", 100) + b'{"a": ' + bytes(200)
    assert "big-endian" in recognise(content, len(content))
    assert recognise(content, 20) == ""


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x91\x8f\x11\xfa\x02\x33\x99\xff\x00\xfe"])
def test_unknown_content_is_no_guess(content: bytes) -> None:
    assert recognise_content(content) == ("", "")
