#include "engine/dossier/pack_dossier.h"

#include "engine/dossier/form_files.h"
#include "engine/dossier/manifest.h"
#include "engine/dossier/print_html.h"
#include "engine/dossier/print_pdf.h"
#include "engine/dossier/proof.h"
#include "engine/dossier/readme.h"
#include "engine/dossier/receipt.h"
#include "engine/dossier/zip_file.h"

namespace jawort {

DossierFiles bind_files(DossierFiles files, const SigningKey& key, std::uint64_t checkpoint_size) {
  files.erase(std::string(kManifestName));
  const Manifest manifest = manifest_of(files, key.verifier().name, checkpoint_size);
  files.emplace(kManifestName, key.sign(manifest_text(manifest)));
  return files;
}

DossierFiles checked_files(const CaseRecord& record) {
  DossierFiles files;
  files.emplace(kProofName, proof_json(proof_of(record)));
  add_form_files(record, files);
  for (const CaseMail& mail : record.mails) {
    if (!mail.file.empty()) files.emplace(mail.file, mail.bytes);
  }
  return files;
}

Result<PackedDossier> pack_dossier(const CaseRecord& record, const SigningKey& key) {
  DossierFiles files = checked_files(record);
  files.emplace("dossier.html", dossier_html(record));
  auto pdf = dossier_pdf(record);
  if (!pdf.ok()) return pdf.error();
  files.emplace("dossier.pdf", std::move(pdf->bytes));
  files.emplace("receipt.json", receipt_json(record));
  files.emplace("README.txt", dossier_readme(record));
  files = bind_files(std::move(files), key, record.checkpoint.size);
  std::size_t bytes = 0;
  for (const auto& [name, content] : files) bytes += content.size();
  if (files.size() > kDossierFileLimit || bytes > kDossierByteLimit) {
    return internal_error("the dossier would be larger than 64 MiB or 1,000 files");
  }
  return PackedDossier{zip_bytes(files), pdf->boxes};
}

}  // namespace jawort
